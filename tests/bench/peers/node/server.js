// SPDX-License-Identifier: Apache-2.0
//
// The peer in Node: fastify with a response schema, mysql2 with a pool and
// execute(), which prepares a statement once a connection, a worker a core.
//   node server.js HOME PORT
'use strict'

const cluster = require('node:cluster')
const crypto = require('node:crypto')
const fs = require('node:fs')
const fastify = require('fastify')
const mysql = require('mysql2/promise')

const [home, port] = process.argv.slice(2)
const WORKERS = 2
const SETS = ['address', 'phone', 'email', 'relation']

function settings () {
  const line = /^(\w+)=(.*)$/gm
  const text = fs.readFileSync(`${home}/client.cnf`, 'utf8')
  const found = Object.fromEntries([...text.matchAll(line)].map(m => m.slice(1)))
  return {
    socketPath: found.socket,
    user: found.user,
    password: found.password,
    database: found.database,
    charset: 'utf8mb4',
    connectionLimit: 16,
    dateStrings: true
  }
}

// --- five tables -------------------------------------------------------------

const shown = columns => columns.id === null ? null : columns

function address (row) {
  row.e.country = shown(row.country)
  return row.e
}

const SHAPERS = {
  contact: row => {
    const { c, ...references } = row
    for (const name in references) {
      c[name] = shown(references[name])
    }
    for (const set of SETS) {
      c[`${set}_set`] = []
    }
    return c
  },
  address,
  phone: address,
  email: row => row.e,
  relation: row => {
    row.e.contact = row.contact
    return row.e
  }
}

async function contacts (db, queries, key, parents) {
  const read = async (name, values) => {
    const [rows] = await db.execute(
      { sql: queries[name], nestTables: true }, values)
    return rows.map(SHAPERS[name])
  }
  const found = await read('contact', [key])
  const bySeq = new Map(found.map(row => [row.contact_seq, row]))
  const seqs = [...bySeq.keys()]
  while (seqs.length < parents) {
    seqs.push(0)
  }
  const sets = await Promise.all(SETS.map(name => read(name, seqs)))
  sets.forEach((rows, i) => {
    for (const row of rows) {
      bySeq.get(row.contact_seq)[`${SETS[i]}_set`].push(row)
    }
  })
  return found
}

// --- create ------------------------------------------------------------------

const newId = () => crypto.randomBytes(16).toString('hex').toUpperCase()
const two = number => String(number).padStart(2, '0')
const utc = () => new Date().toISOString().slice(0, 19)

function contactValues (statements, body, id) {
  const d = body.demographics
  const identifier = name => (body[`${name}_identifier`] ??
    d[`${name}_identifier`])?.id ?? null
  const now = utc()
  const contact = {
    ...body,
    ...d,
    id,
    life_cycle_state: 'MARKETING',
    date_of_birth: [d.date_of_birth.year, two(d.date_of_birth.month),
      two(d.date_of_birth.day)].join('-'),
    name_day: `${two(d.name_day.month)}-${two(d.name_day.day)}`,
    created_date: now,
    updated_date: now
  }
  const log = statements.log
  return statements.fields.contact.map(name => contact[name] ?? null).concat(
    statements.fields.references.map(name => log[name] ?? identifier(name)))
}

function elementValues (statements, name, element, seq) {
  const row = { ...element, id: newId(), state: 'Active' }
  if (name === 'phone') {
    row.full_number = `00${row.area_code}${row.number}`
  }
  if (name === 'email') {
    row.email = row.email_address
  }
  const values = statements.fields[name].map(field => row[field] ?? null)
  if (name !== 'email') {
    values.push(element.country_identifier?.id ?? null)
  }
  return [seq, ...values]
}

async function create (db, statements, body) {
  const { insert } = statements
  const id = newId()
  await db.beginTransaction()
  const [{ insertId: seq }] = await db.execute(
    insert.contact, contactValues(statements, body, id))
  for (const name of ['address', 'phone', 'email']) {
    for (const element of body[`${name}_set`]) {
      await db.execute(insert[name],
        elementValues(statements, name, element, seq))
    }
  }
  for (const { type, contact_information_identifier: other } of
    body.relation_set) {
    const [[related]] = await db.execute(insert.related, [other.id])
    await db.execute(insert.relation,
      [seq, newId(), type, null, related.contact_seq])
  }
  await db.commit()
  return { id, type: body.type, first_name: body.first_name }
}

// --- the module's layout -----------------------------------------------------

function filler (fields) {
  return Object.fromEntries(fields.map(name => [name, null]))
}

// Answers of contacts that are one row each; look-ups from memory.
function oneRow (db, statements, lookups) {
  const empty = {}
  for (const name of ['address', 'phone', 'email']) {
    empty[name] = filler(statements.fields[name])
  }
  const emptyContact = filler(statements.fields.contact)
  const element = name => row => ({
    ...empty[name],
    ...row,
    country: lookups.country.get(row.country) ?? null
  })
  const phone = row => {
    const shaped = element('phone')(row)
    shaped.full_number = `00${row.area_code}${row.number}`
    return shaped
  }
  const demographics = d => ({
    ...d,
    industry: lookups.industry.get(d.industry) ?? null,
    industry_sector: lookups.industry_sector.get(d.industry_sector) ?? null,
    country_of_residence: lookups.country.get(d.country_of_residence) ?? null,
    id_issued_by_country: lookups.country.get(d.id_issued_by_country) ?? null,
    passport_issued_by_country:
      lookups.country.get(d.passport_issued_by_country) ?? null,
    date_of_birth: d.date_of_birth && [d.date_of_birth.year,
      two(d.date_of_birth.month), two(d.date_of_birth.day)].join('-'),
    name_day: d.name_day && `${two(d.name_day.month)}-${two(d.name_day.day)}`
  })
  const related = row => {
    const { document, relation_id: id, relation_type: type, notes, ...contact } =
      row
    contact.id = contact.contact_id
    return {
      id,
      type,
      notes,
      contact: { ...contact, ...demographics(JSON.parse(document).demographics) }
    }
  }
  return async key => {
    const [[row]] = await db.execute(statements.row.contact, [key])
    const own = JSON.parse(row.document)
    const relations = row.related
      ? (await db.execute(statements.row.relation, [row.contact_seq]))[0]
      : []
    return {
      ...emptyContact,
      ...row,
      id: row.contact_id,
      ...own,
      ...demographics(own.demographics),
      category: lookups.category.get(row.category_id) ?? null,
      owned_by_group: lookups.org_group.get(row.owned_by_group_id) ?? null,
      privacy_level: lookups.privacy_level.get(row.privacy_level_id) ?? null,
      created_by_user: lookups.org_user.get(row.created_by_user_id) ?? null,
      created_by_unit: lookups.org_unit.get(row.created_by_unit_id) ?? null,
      updated_by_user: lookups.org_user.get(row.updated_by_user_id) ?? null,
      updated_by_unit: lookups.org_unit.get(row.updated_by_unit_id) ?? null,
      address_set: own.addresses_set.map(element('address')),
      phone_set: own.phones_set.map(phone),
      email_set: own.emails_set.map(element('email')),
      relation_set: relations.map(related)
    }
  }
}

// --- the server --------------------------------------------------------------

async function loadLookups (db, statements) {
  const lookups = {}
  for (const [name, query] of Object.entries(statements.lookup)) {
    const [rows] = await db.query(query)
    lookups[name] = new Map(rows.map(row => [String(row.id), row]))
  }
  return lookups
}

function answer (data) {
  return {
    schema: {
      response: { 200: { type: 'object', properties: { data } } }
    }
  }
}

async function serve () {
  const statements = JSON.parse(fs.readFileSync(`${home}/statements.json`))
  const db = mysql.createPool(settings())
  const lookups = await loadLookups(db, statements)
  const readRow = oneRow(db, statements, lookups)
  const parents = statements.list.address.split('?').length - 1
  const app = fastify()

  app.get('/show', answer(statements.schema), async request => {
    const [data] = await contacts(db, statements.show, request.query.id, 1)
    return { data }
  })
  app.get('/list', answer({ type: 'array', items: statements.schema }),
    async request => ({
      data: await contacts(db, statements.list, request.query.number, parents)
    }))
  app.get('/row', answer(statements.schema), async request => ({
    data: await readRow(request.query.id)
  }))
  app.post('/create', async request => {
    const connection = await db.getConnection()
    try {
      return { data: await create(connection, statements, request.body) }
    } catch (error) {
      await connection.rollback()
      throw error
    } finally {
      connection.release()
    }
  })
  await app.listen({ port: Number(port), host: '127.0.0.1' })
}

if (cluster.isPrimary) {
  for (let i = 0; i < WORKERS; i++) {
    cluster.fork()
  }
} else {
  serve()
}
