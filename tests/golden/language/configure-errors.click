a :: Idle;
 a -> p :: Paint -> s :: Strip(x)
 -> Discard;
