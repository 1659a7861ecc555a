a :: ;
b :: -> Idle;
