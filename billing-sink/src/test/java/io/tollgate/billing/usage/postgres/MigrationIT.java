package io.tollgate.billing.usage.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.control.fixture.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

class MigrationIT {
    private static final Pattern TABLE = Pattern.compile("`([a-z_]+)`");

    private final Jdbi jdbi = TestDatabase.jdbi(TestDatabase.fresh());

    private List<String> names(String sql) {
        return jdbi.withHandle(
                handle -> handle.createQuery(sql).mapTo(String.class).list());
    }

    @Test
    void everyTableAndColumnHasAComment() {
        assertThat(names("SELECT relname FROM pg_class WHERE relname IN ('usage_events', 'rejected_events', 'counters',"
                        + " 'usage_snapshots', 'sink_offsets')"))
                .hasSize(5);
        assertThat(names("""
                        SELECT c.relname || coalesce('.' || a.attname, '')
                        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                        JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped AND a.attnum > 0
                        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                          AND c.relname <> 'flyway_schema_history'
                          AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid, 'pg_class') IS NULL)
                        """)).isEmpty();
    }

    @Test
    void versionsAreMinutes() {
        assertThat(names("SELECT version FROM flyway_schema_history WHERE version IS NOT NULL"))
                .isNotEmpty()
                .allMatch(version -> version.matches("20\\d\\d(0[1-9]|1[0-2])[0-3]\\d[0-2]\\d[0-5]\\d"));
    }

    /// The page of operations says of every table what bounds it.
    @Test
    void everyTableHasARetention() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "operations.md"));
        Set<String> documented = page.substring(page.indexOf("## Retention"))
                .lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.substring(0, line.indexOf('|', 1)))
                .flatMap(tables -> TABLE.matcher(tables).results())
                .map(table -> table.group(1))
                .collect(Collectors.toSet());
        assertThat(documented).containsExactlyInAnyOrderElementsOf(names("""
                SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                """));
    }
}
