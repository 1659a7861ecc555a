elementclass In { Idle -> Discard }
elementclass Out { i :: In; z :: Idle; In; }
a :: Idle; o :: Out; b :: Idle; p :: In; a -> b
