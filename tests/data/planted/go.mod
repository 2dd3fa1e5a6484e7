module growwork.dev/planted

go 1.23
