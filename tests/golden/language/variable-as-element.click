a :: Idle -> $x;
