a :: Idle -> (-> b :: Idle; elementclass Z Discard);
b -> Z;
