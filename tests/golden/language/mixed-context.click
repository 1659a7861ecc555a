TimedSource -> x :: Null -> u :: Unqueue -> Discard
