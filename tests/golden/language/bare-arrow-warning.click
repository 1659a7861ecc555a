a :: Idle -> { x, y :: Idle; x -> y;
 -> x; };
