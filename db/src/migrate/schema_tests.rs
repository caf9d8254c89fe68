//! The three folders make the same schema: tables, columns, kinds, nullability, indexes, constraint names.

use std::collections::BTreeSet;

use crate::{Db, Dialect, args, testing};

crate::statements! {
    /// Table, column, kind, nullable.
    COLUMNS = "SELECT table_name, column_name, CASE data_type WHEN 'character varying' THEN CONCAT('varchar(', character_maximum_length, ')') \
               WHEN 'bytea' THEN 'bytes' ELSE data_type END, CASE is_nullable WHEN 'YES' THEN 'null' ELSE '' END \
               FROM information_schema.columns WHERE table_schema = current_schema()",
        mysql "SELECT table_name, column_name, CASE WHEN data_type = 'varchar' THEN column_type WHEN column_type = 'tinyint(1)' THEN 'boolean' \
               WHEN data_type = 'longtext' THEN 'text' WHEN data_type = 'longblob' THEN 'bytes' ELSE data_type END, \
               CASE is_nullable WHEN 'YES' THEN 'null' ELSE '' END \
               FROM information_schema.columns WHERE table_schema = DATABASE()",
        sqlite "SELECT m.name, c.name, CASE LOWER(c.type) WHEN 'blob' THEN 'bytes' ELSE LOWER(c.type) END, \
                CASE c.\"notnull\" WHEN 0 THEN 'null' ELSE '' END \
                FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'";
    /// Table, index, columns, unique.
    INDEXES = "SELECT t.relname, i.relname, STRING_AGG(a.attname, ',' ORDER BY k.n), \
               CASE WHEN ix.indisunique THEN 'unique' ELSE '' END FROM pg_index ix \
               JOIN pg_class t ON t.oid = ix.indrelid JOIN pg_class i ON i.oid = ix.indexrelid \
               CROSS JOIN LATERAL UNNEST(ix.indkey) WITH ORDINALITY k(attnum, n) \
               JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum \
               WHERE NOT ix.indisprimary AND t.relnamespace = CAST(current_schema() AS regnamespace) \
               GROUP BY t.relname, i.relname, ix.indisunique",
        mysql "SELECT table_name, index_name, GROUP_CONCAT(column_name ORDER BY seq_in_index), \
               CASE MAX(non_unique) WHEN 0 THEN 'unique' ELSE '' END FROM information_schema.statistics s \
               WHERE table_schema = DATABASE() AND index_name <> 'PRIMARY' AND NOT EXISTS (SELECT 1 FROM \
               information_schema.table_constraints c WHERE c.constraint_type = 'FOREIGN KEY' AND c.table_schema = s.table_schema \
               AND c.table_name = s.table_name AND c.constraint_name = s.index_name) GROUP BY table_name, index_name",
        sqlite "SELECT m.name, l.name, (SELECT GROUP_CONCAT(name, ',') FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno)), \
                CASE l.\"unique\" WHEN 1 THEN 'unique' ELSE '' END \
                FROM sqlite_master m JOIN pragma_index_list(m.name) l WHERE m.type = 'table' AND l.origin <> 'pk'";
    /// Table, constraint, kind.
    CONSTRAINTS = "SELECT table_name, constraint_name, constraint_type FROM information_schema.table_constraints \
                   WHERE table_schema = current_schema() AND constraint_name NOT LIKE '%_not_null'",
        mysql "SELECT table_name, constraint_name, constraint_type FROM information_schema.table_constraints WHERE table_schema = DATABASE()",
        sqlite "SELECT name, sql, '' FROM sqlite_master WHERE type = 'table'";
    /// Tables and columns that are not stored as they should be.
    STRAY = "SELECT table_name, column_name, collation_name FROM information_schema.columns WHERE table_schema = DATABASE() \
             AND collation_name IS NOT NULL AND collation_name <> 'utf8mb4_bin' UNION ALL SELECT table_name, '', engine \
             FROM information_schema.tables WHERE table_schema = DATABASE() AND engine <> 'InnoDB'";
}

type Schema = BTreeSet<Vec<String>>;

async fn rows(db: &Db, stmt: &'static crate::Stmt, columns: usize) -> Vec<Vec<String>> {
    let rows = db.fetch_list(stmt, args![]).await.unwrap();
    rows.iter().map(|row| (0..columns).map(|i| row.get(i).unwrap()).collect()).collect()
}

/// Name, kind and columns of the named constraints in the text of a table.
fn constraints(table: &str, sql: &str) -> Vec<Vec<String>> {
    let mut out = Vec::new();
    for part in sql.split("CONSTRAINT ").skip(1) {
        let (name, rest) = part.split_once(char::is_whitespace).unwrap();
        let columns = rest.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or("", |(columns, _)| columns);
        let kind = ["PRIMARY KEY", "UNIQUE", "CHECK", "FOREIGN KEY"].into_iter().find(|k| rest.trim_start().starts_with(k));
        out.push(vec![table.to_owned(), name.to_owned(), kind.unwrap_or("?").to_owned(), columns.replace(' ', "")]);
    }
    out
}

async fn schema(db: &Db) -> Schema {
    let dialect = db.dialect();
    let mut named: Schema = BTreeSet::new();
    for row in rows(db, &CONSTRAINTS, 3).await {
        if dialect == Dialect::Sqlite {
            named.extend(constraints(&row[0], &row[1]));
        } else if row[1] == "PRIMARY" {
            // MySQL forgets the name.
            named.insert(vec![row[0].clone(), format!("{}_pk", row[0]), row[2].clone()]);
        } else {
            named.insert(row);
        }
    }
    // A unique index and a UNIQUE constraint are the same thing; both are listed as indexes.
    let unique: Vec<Vec<String>> = named.iter().filter(|c| c[2] == "UNIQUE").cloned().collect();
    named.retain(|c| c[2] != "UNIQUE");
    let mut out: Schema = named.into_iter().map(|c| [&["constraint".to_owned()], &c[..3]].concat()).collect();
    out.extend(rows(db, &COLUMNS, 4).await.into_iter().map(|c| [vec!["column".to_owned()], c].concat()));
    for mut index in rows(db, &INDEXES, 4).await {
        if index[1].starts_with("sqlite_autoindex") {
            index[1] =
                unique.iter().find(|u| u[0] == index[0] && u[3] == index[2]).map_or("unnamed".to_owned(), |u| u[1].clone());
        }
        out.insert([vec!["index".to_owned()], index].concat());
    }
    out
}

fn difference(a: &Schema, b: &Schema) -> String {
    a.difference(b).map(|line| format!("  {}\n", line.join(" "))).collect()
}

#[tokio::test]
async fn the_three_folders_make_the_same_schema() {
    let mut schemas = Vec::new();
    for db in testing::all().await {
        schemas.push((db.dialect(), schema(&db).await));
        if db.dialect() == Dialect::MySql {
            let stray = rows(&db, &STRAY, 3).await;
            assert!(stray.is_empty(), "not utf8mb4_bin or not InnoDB: {stray:?}");
        }
    }
    let (_, reference) = &schemas[0];
    let mut differences = String::new();
    for (dialect, other) in schemas[1..].iter().filter(|(_, other)| other != reference) {
        let (here, there) = (difference(reference, other), difference(other, reference));
        differences += &format!("only in sqlite/:\n{here}only in {}/:\n{there}", dialect.name());
    }
    assert!(differences.is_empty(), "{differences}");
    assert_eq!(STATEMENTS.len(), 4);
}

#[tokio::test]
async fn the_schema_keeps_the_rules() {
    let db = testing::one(Dialect::Sqlite).await;
    let schema = schema(&db).await;
    let of = |what: &'static str| schema.iter().filter(move |line| line[0] == what);
    let mut problems = Vec::new();
    for column in of("column") {
        let indexed = of("index").any(|i| i[1] == column[1] && i[3].split(',').any(|c| c == column[2]));
        let kind = column[3].as_str();
        let width = kind.strip_prefix("varchar(").and_then(|k| k.strip_suffix(')')).map(|n| n.parse::<u32>().unwrap());
        if width.is_none() && !["bigint", "boolean", "text", "bytes"].contains(&kind) || width.is_some_and(|n| n > 255 && indexed)
        {
            problems.push(format!("kind of column: {column:?}"));
        }
    }
    let tables: BTreeSet<&String> = of("column").map(|c| &c[1]).collect();
    for table in &tables {
        if !of("constraint").any(|c| c[1] == **table && c[2] == format!("{table}_pk") && c[3] == "PRIMARY KEY") {
            problems.push(format!("table {table} has no {table}_pk"));
        }
    }
    for line in of("index").chain(of("constraint")) {
        if !line[2].starts_with(&format!("{}_", line[1])) {
            problems.push(format!("name does not begin with the table: {line:?}"));
        }
    }
    assert!(tables.len() > 5, "{tables:?}");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
