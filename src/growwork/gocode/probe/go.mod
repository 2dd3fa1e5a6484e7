module growwork/probe

go 1.21
