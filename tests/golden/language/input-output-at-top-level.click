input :: Idle -> output :: Idle
