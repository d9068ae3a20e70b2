package io.tollgate.ingest.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.erdtman.jcs.JsonCanonicalizer;
import org.junit.jupiter.api.Test;

class MetadataWriterTest {
    private final MetadataWriter writer = new MetadataWriter();

    @Test
    void compactFormKeepsOrderAndNumbersAsGiven() {
        write(object("b", new Literal("1.50"), "a", new Literal("1E2"), "c", object()));

        assertThat(writer.compact()).isEqualTo("{\"b\":1.50,\"a\":1E2,\"c\":{}}");
        assertThat(writer.canonical()).hasToString("{\"a\":100,\"b\":1.5,\"c\":{}}");
    }

    @Test
    void objectWithoutMembersIsEmpty() {
        write(object());
        assertThat(writer.isEmpty()).isTrue();
        write(object("a", new Literal("null")));
        assertThat(writer.isEmpty()).isFalse();
    }

    @Test
    void fiftyKeysAreTakenAndOneMoreIsNot() {
        Map<String, Object> members = new LinkedHashMap<>();
        for (int i = 0; i < MetadataWriter.KEYS_MAX; i++) {
            members.put("k" + i, object("inner1", "x", "inner2", "y"));
        }
        write(members);
        assertThat(writer.fault()).isNull();

        members.put("one more", "x");
        write(members);
        assertThat(writer.fault()).extracting(MetadataWriter.Fault::code).isEqualTo(FieldFault.TOO_LONG);
    }

    @Test
    void keysHaveAtMostHundredCharacters() {
        write(object("k".repeat(MetadataWriter.KEY_LENGTH_MAX), "v"));
        assertThat(writer.fault()).isNull();
        write(object("k".repeat(MetadataWriter.KEY_LENGTH_MAX + 1), "v"));
        assertThat(writer.fault()).extracting(MetadataWriter.Fault::code).isEqualTo(FieldFault.TOO_LONG);
    }

    @Test
    void compactFormHasAtMostTheBytesOfTheLimit() {
        int overhead = "{\"k\":\"\"}".length();
        write(object("k", "x".repeat(MetadataWriter.BYTES_MAX - overhead)));
        assertThat(writer.fault()).isNull();
        assertThat(writer.compact()).hasSize(MetadataWriter.BYTES_MAX);

        write(object("k", "x".repeat(MetadataWriter.BYTES_MAX - overhead + 1)));
        assertThat(writer.fault()).extracting(MetadataWriter.Fault::code).isEqualTo(FieldFault.TOO_LONG);

        write(object("k", "ü".repeat(MetadataWriter.BYTES_MAX / 2)));
        assertThat(writer.fault()).extracting(MetadataWriter.Fault::code).isEqualTo(FieldFault.TOO_LONG);
    }

    @Test
    void aHugeStringIsNotBuffered() {
        write(object("k", "x".repeat(5_000_000), "l", "x".repeat(5_000_000)));

        assertThat(writer.fault()).extracting(MetadataWriter.Fault::code).isEqualTo(FieldFault.TOO_LONG);
        assertThat(writer.canonical().length()).isLessThan(MetadataWriter.BYTES_MAX);
    }

    @Test
    void numbersBeyondDoublesAreRefused() {
        write(object("k", new Literal("1e308")));
        assertThat(writer.fault()).isNull();
        write(object("k", new Literal("1e400")));
        assertThat(writer.fault()).extracting(MetadataWriter.Fault::code).isEqualTo(FieldFault.NUMBER_OUT_OF_RANGE);
    }

    @Test
    void halvesOfSurrogatePairsAreRefused() {
        write(object("k", "\ud83d\ude00"));
        assertThat(writer.fault()).isNull();
        assertThat(writer.compact()).isEqualTo("{\"k\":\"😀\"}");
        write(object("k", "\ud83d"));
        assertThat(writer.fault()).extracting(MetadataWriter.Fault::code).isEqualTo(FieldFault.INVALID_CHARACTER);
        write(object("\ude00\ud83d", "v"));
        assertThat(writer.fault()).extracting(MetadataWriter.Fault::code).isEqualTo(FieldFault.INVALID_CHARACTER);
    }

    @Test
    void canonicalFormAgreesWithTheLibrary() throws IOException {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        int compared = 0;
        for (int i = 0; i < 20_000; i++) {
            Map<String, Object> object = randomObject(random, 0);
            write(object);
            if (writer.fault() == null) {
                String compact = writer.compact();
                assertThat(writer.canonical().toString())
                        .as("seed %d, %s", seed, compact)
                        .isEqualTo(new JsonCanonicalizer(compact).getEncodedString());
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(15_000);
    }

    /// A number as it is spelled, or a word.
    private record Literal(String text) {}

    private static Map<String, Object> object(Object... namesAndValues) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return object;
    }

    private void write(Map<String, Object> object) {
        writer.clear();
        value(object);
    }

    private void value(Object value) {
        switch (value) {
            case Map<?, ?> object -> {
                writer.startObject();
                object.forEach((name, member) -> {
                    writer.name((String) name);
                    value(member);
                });
                writer.endObject();
            }
            case Object[] array -> {
                writer.startArray();
                for (Object element : array) {
                    value(element);
                }
                writer.endArray();
            }
            case String text -> writer.string(text);
            case Literal literal -> {
                if (Character.isLetter(literal.text().charAt(0))) {
                    writer.word(literal.text());
                } else {
                    char[] chars = (" " + literal.text() + " ").toCharArray();
                    writer.number(chars, 1, chars.length - 2);
                }
            }
            default -> throw new IllegalArgumentException(String.valueOf(value));
        }
    }

    private static Map<String, Object> randomObject(SplittableRandom random, int depth) {
        Map<String, Object> object = new LinkedHashMap<>();
        int members = random.nextInt(random.nextInt(10) == 0 ? 40 : 6);
        for (int i = 0; i < members; i++) {
            object.put(randomText(random), randomValue(random, depth + 1));
        }
        return object;
    }

    private static Object randomValue(SplittableRandom random, int depth) {
        switch (random.nextInt(depth > 4 ? 5 : 8)) {
            case 0, 1 -> {
                return randomText(random);
            }
            case 2, 3 -> {
                return new Literal(randomNumber(random));
            }
            case 4 -> {
                return new Literal(new String[] {"true", "false", "null"}[random.nextInt(3)]);
            }
            case 5 -> {
                Object[] array = new Object[random.nextInt(5)];
                for (int i = 0; i < array.length; i++) {
                    array[i] = randomValue(random, depth + 1);
                }
                return array;
            }
            default -> {
                return randomObject(random, depth);
            }
        }
    }

    private static String randomText(SplittableRandom random) {
        int[] samples = {'"', '\\', '/', 0, 8, 9, 10, 12, 13, 0x1f, 0x7f, 0x80, 0xe9, 0x20ac, 0x2028, 0xfb33, 0x1f600};
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(8);
        for (int i = 0; i < length; i++) {
            text.appendCodePoint(
                    random.nextInt(3) == 0 ? samples[random.nextInt(samples.length)] : 'a' + random.nextInt(4));
        }
        return text.toString();
    }

    private static String randomNumber(SplittableRandom random) {
        return switch (random.nextInt(6)) {
            case 0 -> Integer.toString(random.nextInt(-1_000, 1_000));
            case 1 -> Long.toString(random.nextLong());
            case 2 -> Double.toString(random.nextDouble() * Math.pow(10, random.nextInt(-12, 12)));
            case 3 -> String.format(Locale.ROOT, "%d.%06d", random.nextInt(1_000), random.nextInt(1_000_000));
            case 4 ->
                new String[] {"-0", "0", "-0.0", "1e21", "1e20", "1e-6", "1e-7", "0.000001", "999999999999999"}
                        [random.nextInt(9)];
            // Near 1 only: the library is not to be trusted elsewhere, see EcmaNumberTest.
            default -> random.nextInt(1, 10) + "E" + random.nextInt(-12, 25);
        };
    }
}
