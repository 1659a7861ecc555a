require(package nosuchpackage);
a :: Idle;
