a /* one -> two
 :: */ :: Idle // -> nothing
 -> /**/b::Idle//end