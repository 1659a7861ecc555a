Idle :: Null;
