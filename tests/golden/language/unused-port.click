i :: InfiniteSource -> d :: Discard;
InfiniteSource -> p :: Null;
