//! What lies in archives, sent by the program to its practice server.
