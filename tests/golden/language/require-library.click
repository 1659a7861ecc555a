require(library included/lib, library included/lib2)
a :: A; Idle -> a
