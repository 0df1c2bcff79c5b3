<?php
// SPDX-License-Identifier: Apache-2.0
//
// The peer in PHP: five prepared statements over a persistent mysqli
// connection. PHP cannot keep a statement from one request to the next.
// contact.php?id=... shows one, contact.php?number=... lists a page.

const SETS = ['address', 'phone', 'email', 'relation'];

mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
$statements = require __DIR__ . '/statements.php';
$settings = parse_ini_file(__DIR__ . '/../../client.cnf');
$db = new mysqli('p:localhost', $settings['user'], $settings['password'],
    $settings['database'], null, $settings['socket']);
$db->set_charset('utf8mb4');

/** The rows of a statement; each table's columns become an object. */
function rows(mysqli $db, string $query, array $values): array
{
    $statement = $db->prepare($query);
    $statement->execute($values);
    $result = $statement->get_result();
    $fields = $result->fetch_fields();
    $rows = [];
    while ($row = $result->fetch_row()) {
        $object = [];
        foreach ($row as $i => $value) {
            $object[$fields[$i]->table][$fields[$i]->name] = $value;
        }
        $rows[] = shaped($object);
    }
    return $rows;
}

/** The columns of the first table, the others below their names. */
function shaped(array $object): array
{
    $row = array_shift($object);
    foreach ($object as $name => $columns) {
        $row[$name] = $columns['id'] === null ? null : $columns;
    }
    return $row;
}

/** Contacts with their sets, which are read for all of them at once. */
function contacts(mysqli $db, array $queries, string $key, int $parents): array
{
    $contacts = [];
    foreach (rows($db, $queries['contact'], [$key]) as $row) {
        foreach (SETS as $set) {
            $row[$set . '_set'] = [];
        }
        $contacts[$row['contact_seq']] = $row;
    }
    $seqs = array_pad(array_keys($contacts), $parents, 0);
    foreach (SETS as $set) {
        foreach (rows($db, $queries[$set], $seqs) as $row) {
            $seq = $row['contact_seq'];
            unset($row['contact_seq']);
            $contacts[$seq][$set . '_set'][] = $row;
        }
    }
    return array_values($contacts);
}

if (isset($_GET['number'])) {
    $data = contacts($db, $statements['list'], $_GET['number'],
        substr_count($statements['list']['address'], '?'));
} else {
    [$data] = contacts($db, $statements['show'], $_GET['id'], 1);
}
header('Content-Type: application/json');
echo json_encode(['status' => ['code' => 'OK'], 'data' => $data],
    JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
