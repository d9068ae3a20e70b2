package io.tollgate.systemtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A guide that is run as it stands: each block of shell, and the answer that the block after it promises. `…` in an
/// answer stands for any text; `$NAME` keeps the text for the blocks that follow.
final class WalkedGuide {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)(?: (\\d{3}))?\\n(.*?)^```$");
    private static final ObjectMapper JSON = new ObjectMapper();
    /// Writes the status behind the answer.
    private static final String PRELUDE = "curl() { command curl -s -S -w '\\n%{http_code}' \"$@\"; }\n";

    private record Block(int line, String language, String status, String text) {}

    private final Path guide;
    private final Map<String, String> variables;

    WalkedGuide(Path guide, Map<String, String> variables) {
        this.guide = guide;
        this.variables = new HashMap<>(variables);
    }

    /// Runs every block in order.
    ///
    /// @return how many requests were made
    int walk() throws IOException, InterruptedException {
        List<Block> blocks = blocks();
        int steps = 0;
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            if (!block.language().equals("bash")) {
                continue;
            }
            String answered = run(block);
            steps++;
            if (i + 1 == blocks.size() || blocks.get(i + 1).language().equals("bash")) {
                throw new IllegalStateException(guide + ":" + block.line() + " promises no answer");
            }
            check(block, blocks.get(i + 1), answered);
        }
        return steps;
    }

    private List<Block> blocks() throws IOException {
        String text = Files.readString(guide);
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(text);
        while (matcher.find()) {
            int line = (int) text.substring(0, matcher.start()).lines().count() + 1;
            blocks.add(new Block(
                    line, matcher.group(1), matcher.group(2) == null ? "" : matcher.group(2), matcher.group(3)));
        }
        return blocks;
    }

    private String run(Block block) throws IOException, InterruptedException {
        ProcessBuilder shell = new ProcessBuilder("bash", "-c", PRELUDE + block.text()).redirectErrorStream(true);
        shell.environment().putAll(variables);
        Process process = shell.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as("%s:%d %s", guide, block.line(), output)
                .isZero();
        return output;
    }

    private void check(Block asked, Block promised, String answered) throws JsonProcessingException {
        String place = guide + ":" + asked.line();
        int end = answered.lastIndexOf('\n');
        String body = answered.substring(0, end);
        assertThat(answered.substring(end + 1)).as("%s %s", place, body).isEqualTo(promised.status());
        if (promised.language().equals("text")) {
            assertThat(body.strip()).as(place).isEqualTo(promised.text().strip());
        } else {
            contains(place, JSON.readTree(promised.text()), JSON.readTree(body), body);
        }
    }

    private void contains(String place, JsonNode promised, JsonNode found, String body) {
        if (promised.isObject()) {
            promised.properties()
                    .forEach(member -> contains(
                            place + " " + member.getKey(), member.getValue(), found.path(member.getKey()), body));
        } else if (promised.isArray()) {
            assertThat(found.size()).as("%s in %s", place, body).isEqualTo(promised.size());
            for (int i = 0; i < promised.size(); i++) {
                contains(place + "[" + i + "]", promised.get(i), found.path(i), body);
            }
        } else if (promised.isNumber()) {
            assertThat(found.isNumber()).as("%s in %s", place, body).isTrue();
            assertThat(found.decimalValue()).as("%s in %s", place, body).isEqualByComparingTo(promised.decimalValue());
        } else if (promised.isTextual() && promised.textValue().equals("…")) {
            assertThat(found.isTextual()).as("%s in %s", place, body).isTrue();
        } else if (promised.isTextual() && promised.textValue().startsWith("$")) {
            if (!found.isTextual()) {
                fail("%s is no text in %s", place, body);
            }
            variables.put(promised.textValue().substring(1), found.textValue());
        } else {
            assertThat(found).as("%s in %s", place, body).isEqualTo(promised);
        }
    }
}
