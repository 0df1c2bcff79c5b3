// SPDX-License-Identifier: Apache-2.0

// The peer in Go: net/http, encoding/json, database/sql with
// go-sql-driver/mysql, statements prepared once and kept, pooled connections.
//
//	peer HOME PORT
package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/go-sql-driver/mysql"
)

const maxConnections = 32

// texts is statements.json, which bench.py writes.
type texts struct {
	Show   map[string]string `json:"show"`
	List   map[string]string `json:"list"`
	Insert map[string]string `json:"insert"`
	Row    map[string]string `json:"row"`
	Lookup map[string]string `json:"lookup"`
	Log    map[string]string `json:"log"`
}

// prepared holds the statements of one use by name.
type prepared map[string]*sql.Stmt

type server struct {
	db                      *sql.DB
	show, list, insert, row prepared
	log                     map[string]string
	parents                 int
}

func settings(home string) map[string]string {
	file, err := os.Open(filepath.Join(home, "client.cnf"))
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	found := map[string]string{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), "="); ok {
			found[name] = value
		}
	}
	return found
}

func open(home string) *sql.DB {
	s := settings(home)
	db, err := sql.Open("mysql", fmt.Sprintf("%s:%s@unix(%s)/%s?charset=utf8mb4",
		s["user"], s["password"], s["socket"], s["database"]))
	if err != nil {
		log.Fatal(err)
	}
	db.SetMaxOpenConns(maxConnections)
	db.SetMaxIdleConns(maxConnections)
	return db
}

func prepare(db *sql.DB, queries map[string]string) prepared {
	statements := prepared{}
	for name, query := range queries {
		statement, err := db.Prepare(query)
		if err != nil {
			log.Fatal(name, ": ", err)
		}
		statements[name] = statement
	}
	return statements
}

func readTexts(home string) texts {
	var t texts
	data, err := os.ReadFile(filepath.Join(home, "statements.json"))
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	if err != nil {
		log.Fatal(err)
	}
	return t
}

// answer is a handler that sends what work returns.
func answer(work func(*http.Request) (interface{}, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		data, err := work(r)
		if err != nil {
			log.Print(err)
			http.Error(w, "failed", http.StatusInternalServerError)
			return
		}
		text, err := json.Marshal(map[string]interface{}{"data": data})
		if err != nil {
			http.Error(w, "failed", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		w.Write(text)
	}
}

func main() {
	home, port := os.Args[1], os.Args[2]
	db, t := open(home), readTexts(home)
	loadLookups(db, t.Lookup)
	s := &server{
		db: db, show: prepare(db, t.Show), list: prepare(db, t.List),
		insert: prepare(db, t.Insert), row: prepare(db, t.Row), log: t.Log,
		parents: strings.Count(t.List["address"], "?"),
	}
	http.Handle("/show", answer(func(r *http.Request) (interface{}, error) {
		found, err := read(s.show, r.URL.Query().Get("id"), 1)
		if err == nil && len(found) == 0 {
			err = sql.ErrNoRows
		}
		if err != nil {
			return nil, err
		}
		return found[0], nil
	}))
	http.Handle("/list", answer(func(r *http.Request) (interface{}, error) {
		return read(s.list, r.URL.Query().Get("number"), s.parents)
	}))
	http.Handle("/row", answer(s.readRow))
	http.Handle("/create", answer(s.create))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+port, nil))
}
