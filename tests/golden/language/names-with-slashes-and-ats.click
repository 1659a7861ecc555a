x/y@1_z :: Idle -> 9a :: Idle;
