module growwork.dev/oracle/scenes

go 1.23
