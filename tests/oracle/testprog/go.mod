module growwork.dev/oracle/testprog

go 1.21
