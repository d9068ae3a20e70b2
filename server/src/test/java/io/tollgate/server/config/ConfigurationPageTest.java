package io.tollgate.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The page's table is this table. Run the test with `-Dwrite.pages=true` to write it anew.
class ConfigurationPageTest {
    private static final Path PAGE = Path.of("..", "docs", "configuration.md");
    private static final String BEGIN = "<!-- settings: begin -->\n";
    private static final String END = "<!-- settings: end -->";

    @Test
    void pageListsEverySettingAsTheServerReadsIt() throws Exception {
        var page = Files.readString(PAGE);
        var begin = page.indexOf(BEGIN) + BEGIN.length();
        if (Boolean.getBoolean("write.pages")) {
            Files.writeString(PAGE, page.substring(0, begin) + table() + page.substring(page.indexOf(END)));
        } else {
            assertThat(page.substring(begin, page.indexOf(END))).isEqualTo(table());
        }
    }

    private static String table() {
        var table = new StringBuilder("| setting | default | allowed | meaning |\n|---|---|---|---|\n");
        for (var setting : Setting.values()) {
            table.append("| `")
                    .append(setting.name())
                    .append("`")
                    .append(setting.aliases().isEmpty() ? "" : ", or `" + String.join("`, `", setting.aliases()) + "`")
                    .append(" | ")
                    .append(setting.defaultText())
                    .append(" | ")
                    .append(setting.bounds())
                    .append(" | ")
                    .append(setting.meaning())
                    .append(" |\n");
        }
        return table.toString();
    }
}
