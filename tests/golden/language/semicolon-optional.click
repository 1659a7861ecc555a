a :: Idle
b :: Idle
a -> b
c :: Idle define($x 1) b -> c;;
