a :: Idle => (-> Idle ->), (-> Idle ->) -> Discard;
