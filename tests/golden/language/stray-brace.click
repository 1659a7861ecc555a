a :: Idle;
}
b :: Idle -> a;
