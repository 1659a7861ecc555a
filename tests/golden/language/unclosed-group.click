a :: Idle -> (-> Discard
