package io.tollgate.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.control.fixture.TestDatabase;
import java.util.List;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

class MigrationIT {
    private final Jdbi jdbi = TestDatabase.jdbi(TestDatabase.fresh());

    @Test
    void everyTableHasAComment() {
        List<String> silent = jdbi.withHandle(
                handle -> handle.createQuery("""
                        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                          AND c.relname <> 'flyway_schema_history' AND obj_description(c.oid, 'pg_class') IS NULL
                        """).mapTo(String.class).list());
        assertThat(silent).isEmpty();
    }

    @Test
    void everyColumnHasAComment() {
        List<String> silent = jdbi.withHandle(
                handle -> handle.createQuery("""
                        SELECT c.relname || '.' || a.attname
                        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                        JOIN pg_namespace n ON n.oid = c.relnamespace
                        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                          AND c.relname <> 'flyway_schema_history' AND a.attnum > 0 AND NOT a.attisdropped
                          AND col_description(c.oid, a.attnum) IS NULL
                        """).mapTo(String.class).list());
        assertThat(silent).isEmpty();
    }

    @Test
    void versionsAreMinutes() {
        List<String> versions = jdbi.withHandle(
                handle -> handle.createQuery("SELECT version FROM flyway_schema_history WHERE version IS NOT NULL")
                        .mapTo(String.class)
                        .list());
        assertThat(versions)
                .isNotEmpty()
                .allMatch(version -> version.matches("20\\d\\d(0[1-9]|1[0-2])[0-3]\\d[0-2]\\d[0-5]\\d"));
    }
}
