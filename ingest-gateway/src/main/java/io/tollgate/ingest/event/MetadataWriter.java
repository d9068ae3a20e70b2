package io.tollgate.ingest.event;

import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// Takes one metadata object token by token and writes it twice: compact, members in the order given and numbers
/// verbatim, which is what is stored; and canonical (RFC 8785), which is what payload identity is made of. Reads no
/// further than the limits: what is beyond them is dropped, and [#fault()] says so. Reusable, not thread-safe.
public final class MetadataWriter {
    /// Most members of the object itself; objects inside it are bounded by the bytes.
    public static final int KEYS_MAX = 50;

    /// Longest name of a member of the object itself, in characters.
    public static final int KEY_LENGTH_MAX = 100;

    /// Largest compact form: an event stays small enough that a thousand of them make one request.
    public static final int BYTES_MAX = 16_384;

    /// More nesting than the JSON reader lets through.
    private static final int DEPTH_MAX = 64;

    /// Integers of so many digits are doubles, so their canonical form is the literal itself.
    private static final int EXACT_DIGITS_MAX = 15;

    private static final int INITIAL_MEMBERS = 16;

    private final JsonBytes compact = new JsonBytes();
    private final JsonBytes canonical = new JsonBytes();

    private int depth;
    private final boolean[] inObject = new boolean[DEPTH_MAX];
    private final boolean[] filled = new boolean[DEPTH_MAX];
    private final boolean[] sorted = new boolean[DEPTH_MAX];
    private final int[] firstMember = new int[DEPTH_MAX];

    // Members of the objects that are open, innermost last: name and where it begins in the canonical form.
    private int members;
    private String[] memberNames = new String[INITIAL_MEMBERS];
    private int[] memberStarts = new int[INITIAL_MEMBERS];

    private int keys;
    private @Nullable Fault fault;

    /// Why metadata is refused.
    record Fault(FieldFault code, String message) {}

    /// Begins anew.
    void clear() {
        compact.clear();
        canonical.clear();
        depth = 0;
        members = 0;
        keys = 0;
        fault = null;
    }

    public void startObject() {
        beforeValue();
        open('{', true);
    }

    public void endObject() {
        close('}');
    }

    public void startArray() {
        beforeValue();
        open('[', false);
    }

    public void endArray() {
        close(']');
    }

    public void name(String name) {
        if (depth == 1) {
            keys++;
            if (keys > KEYS_MAX) {
                fail(FieldFault.TOO_LONG, "must have at most " + KEYS_MAX + " keys");
            } else if (name.length() > KEY_LENGTH_MAX) {
                fail(FieldFault.TOO_LONG, "keys must have at most " + KEY_LENGTH_MAX + " characters");
            }
        }
        if (tooLarge(name.length())) {
            return;
        }
        separate();
        if (members > firstMember[depth] && memberNames[members - 1].compareTo(name) > 0) {
            sorted[depth] = false;
        }
        if (members == memberNames.length) {
            memberNames = Arrays.copyOf(memberNames, members * 2);
            memberStarts = Arrays.copyOf(memberStarts, members * 2);
        }
        memberNames[members] = name;
        memberStarts[members] = canonical.length();
        members++;
        text(name);
        compact.raw(':');
        canonical.raw(':');
    }

    public void string(String value) {
        if (tooLarge(value.length())) {
            return;
        }
        beforeValue();
        text(value);
    }

    /// `true`, `false` or `null`.
    public void word(String word) {
        if (tooLarge(word.length())) {
            return;
        }
        beforeValue();
        compact.ascii(word);
        canonical.ascii(word);
    }

    /// A number as it was spelled.
    public void number(char[] literal, int from, int length) {
        if (tooLarge(length)) {
            return;
        }
        beforeValue();
        compact.ascii(literal, from, length);
        if (canonicalAsItStands(literal, from, length)) {
            canonical.ascii(literal, from, length);
            return;
        }
        double value = Double.parseDouble(new String(literal, from, length));
        if (Double.isInfinite(value)) {
            fail(FieldFault.NUMBER_OUT_OF_RANGE, "must not hold numbers beyond 1.7976931348623157e308");
            return;
        }
        // Not NumberToJSON of the reference library: its NumberDToA does not end for some doubles (seen in JS_dtoa).
        canonical.ascii(EcmaNumber.toText(value));
    }

    /// What is wrong with the object, or null. The first fault only: the others may follow from it.
    @Nullable
    Fault fault() {
        return fault;
    }

    /// Whether the object has no members.
    boolean isEmpty() {
        return keys == 0;
    }

    /// The compact form of a faultless object.
    String compact() {
        return compact.toString();
    }

    JsonBytes canonical() {
        return canonical;
    }

    private void open(char bracket, boolean object) {
        if (tooLarge(1)) {
            return;
        }
        depth++;
        inObject[depth] = object;
        filled[depth] = false;
        sorted[depth] = true;
        firstMember[depth] = members;
        compact.raw(bracket);
        canonical.raw(bracket);
    }

    private void close(char bracket) {
        if (fault != null) {
            return;
        }
        if (!sorted[depth]) {
            sortMembers();
        }
        members = firstMember[depth];
        depth--;
        compact.raw(bracket);
        canonical.raw(bracket);
        tooLarge(0);
    }

    /// Puts the members of the innermost object in the order of their names' UTF-16 units.
    private void sortMembers() {
        record Member(String name, int start, int end) {}
        int first = firstMember[depth];
        Member[] unsorted = new Member[members - first];
        for (int i = 0; i < unsorted.length; i++) {
            int next = first + i + 1;
            // A comma lies between a member and the next.
            int end = next < members ? memberStarts[next] - 1 : canonical.length();
            unsorted[i] = new Member(memberNames[first + i], memberStarts[first + i], end);
        }
        int base = memberStarts[first];
        byte[] copy = canonical.copy(base, canonical.length());
        Arrays.sort(unsorted, Comparator.comparing(Member::name));
        canonical.truncate(base);
        for (int i = 0; i < unsorted.length; i++) {
            if (i > 0) {
                canonical.raw(',');
            }
            canonical.append(copy, unsorted[i].start() - base, unsorted[i].end() - unsorted[i].start());
        }
    }

    private void text(String text) {
        boolean paired = compact.string(text);
        canonical.string(text);
        if (!paired) {
            fail(FieldFault.INVALID_CHARACTER, "must not hold half of a surrogate pair");
        }
    }

    /// Elements of an array are separated here, members of an object at their name.
    private void beforeValue() {
        if (fault == null && depth > 0 && !inObject[depth]) {
            separate();
        }
    }

    private void separate() {
        if (filled[depth]) {
            compact.raw(',');
            canonical.raw(',');
        }
        filled[depth] = true;
    }

    /// Whether nothing more is to be written: something is wrong already, or `more` bytes at least do not fit.
    private boolean tooLarge(int more) {
        if (fault == null && compact.length() + more > BYTES_MAX) {
            fail(FieldFault.TOO_LONG, "must have at most " + BYTES_MAX + " bytes");
        }
        return fault != null;
    }

    private void fail(FieldFault code, String message) {
        if (fault == null) {
            fault = new Fault(code, message);
        }
    }

    private static boolean canonicalAsItStands(char[] literal, int from, int length) {
        int first = literal[from] == '-' ? from + 1 : from;
        int end = from + length;
        if (end - first > EXACT_DIGITS_MAX || (first > from && literal[first] == '0')) {
            return false;
        }
        for (int i = first; i < end; i++) {
            if (literal[i] < '0' || literal[i] > '9') {
                return false;
            }
        }
        return true;
    }
}
