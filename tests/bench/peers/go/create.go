// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

type byID struct {
	ID *string `json:"id"`
}

// What a create sends: the fields that are not those of the answer.
type newDemographics struct {
	Gender         *string `json:"gender"`
	IDNumber       *string `json:"id_number"`
	Passport       *string `json:"passport_number"`
	SocialSecurity *string `json:"social_security_number"`
	Industry       byID    `json:"industry_identifier"`
	IndustrySector byID    `json:"industry_sector_identifier"`
	Residence      byID    `json:"country_of_residence_identifier"`
	IDIssuedBy     byID    `json:"id_issued_by_country_identifier"`
	PassportBy     byID    `json:"passport_issued_by_country_identifier"`
	Born           *birth  `json:"date_of_birth"`
	NameDay        *birth  `json:"name_day"`
}

type newAddress struct {
	address
	Country byID `json:"country_identifier"`
}

type newPhone struct {
	phone
	Country byID `json:"country_identifier"`
}

type newEmail struct {
	email
	Address *string `json:"email_address"`
}

type newContact struct {
	contact
	Demographics newDemographics `json:"demographics"`
	Category     byID            `json:"category_identifier"`
	OwnedByGroup byID            `json:"owned_by_group_identifier"`
	PrivacyLevel byID            `json:"privacy_level_identifier"`
	Addresses    []*newAddress   `json:"address_set"`
	Phones       []*newPhone     `json:"phone_set"`
	Emails       []*newEmail     `json:"email_set"`
	Relations    []*struct {
		Type  *string `json:"type"`
		Other byID    `json:"contact_information_identifier"`
	} `json:"relation_set"`
}

func newID() *string {
	var bytes [16]byte
	rand.Read(bytes[:])
	id := fmt.Sprintf("%X", bytes)
	return &id
}

func (s *server) contactValues(c *newContact) []interface{} {
	now := time.Now().UTC().Format("2006-01-02T15:04:05")
	marketing := "MARKETING"
	d, to := &c.Demographics, &c.contact.Demographics
	c.ID, c.State, c.Created, c.Updated = newID(), &marketing, &now, &now
	to.Gender, to.IDNumber, to.Passport = d.Gender, d.IDNumber, d.Passport
	to.SocialSecurity = d.SocialSecurity
	if d.Born != nil {
		text := fmt.Sprintf("%04d-%02d-%02d", d.Born.Year, d.Born.Month, d.Born.Day)
		to.DateOfBirth = &text
	}
	if d.NameDay != nil {
		text := fmt.Sprintf("%02d-%02d", d.NameDay.Month, d.NameDay.Day)
		to.NameDayText = &text
	}
	return append(values(c.contact.columns()[1:]), c.Category.ID,
		c.OwnedByGroup.ID, c.PrivacyLevel.ID, d.Industry.ID,
		d.IndustrySector.ID, d.Residence.ID, d.IDIssuedBy.ID, d.PassportBy.ID,
		s.log["created_by_user"], s.log["updated_by_user"],
		s.log["created_by_unit"], s.log["updated_by_unit"])
}

// values turns the places to scan to into what is there.
func values(places []interface{}) []interface{} {
	for i, place := range places {
		switch p := place.(type) {
		case **string:
			places[i] = *p
		case **float64:
			places[i] = *p
		case **int:
			places[i] = *p
		}
	}
	return places
}

func (s *server) insertSets(tx *sql.Tx, c *newContact, seq int64) error {
	active := "Active"
	for _, a := range c.Addresses {
		a.ID, a.State = newID(), &active
		row := append([]interface{}{seq}, values(a.address.columns())...)
		if _, err := tx.Stmt(s.insert["address"]).Exec(append(row, a.Country.ID)...); err != nil {
			return err
		}
	}
	for _, p := range c.Phones {
		full := "00" + *p.AreaCode + *p.Number
		p.ID, p.State, p.FullNumber = newID(), &active, &full
		row := append([]interface{}{seq}, values(p.phone.columns())...)
		if _, err := tx.Stmt(s.insert["phone"]).Exec(append(row, p.Country.ID)...); err != nil {
			return err
		}
	}
	for _, e := range c.Emails {
		e.ID, e.State, e.Email = newID(), &active, e.Address
		row := append([]interface{}{seq}, values(e.email.columns())...)
		if _, err := tx.Stmt(s.insert["email"]).Exec(row...); err != nil {
			return err
		}
	}
	for _, r := range c.Relations {
		var other int64
		if err := tx.Stmt(s.insert["related"]).QueryRow(r.Other.ID).Scan(&other); err != nil {
			return err
		}
		if _, err := tx.Stmt(s.insert["relation"]).Exec(seq, newID(), r.Type, nil, other); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) create(r *http.Request) (interface{}, error) {
	var c newContact
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
		return nil, err
	}
	tx, err := s.db.Begin()
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	result, err := tx.Stmt(s.insert["contact"]).Exec(s.contactValues(&c)...)
	if err != nil {
		return nil, err
	}
	seq, err := result.LastInsertId()
	if err == nil {
		err = s.insertSets(tx, &c, seq)
	}
	if err == nil {
		err = tx.Commit()
	}
	return map[string]*string{"id": c.ID, "first_name": c.FirstName}, err
}
