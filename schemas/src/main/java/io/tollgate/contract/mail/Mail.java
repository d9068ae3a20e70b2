package io.tollgate.contract.mail;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.contract.secret.SecretPlace;
import java.util.UUID;

/// A mail to one address. Any module has one sent by calling the database function `queue_mail` in the transaction of
/// what the mail tells, with what [#seal] makes; so it is sent if that commits, once or, where a process dies at the
/// wrong moment, twice.
///
/// @param to one address
/// @param subject one line
/// @param text plain text, lines ended by `\n`
public record Mail(String to, String subject, String text) {
    /// Longest address in characters (RFC 5321, 4.5.3.1.3, without the brackets).
    public static final int TO_LENGTH_MAX = 254;

    public static final int SUBJECT_LENGTH_MAX = 250;

    /// So that, sealed as JSON, it stays below what a [SecretBox] takes.
    public static final int TEXT_LENGTH_MAX = 10_000;

    private static final ObjectMapper JSON = new ObjectMapper();

    /// @throws IllegalArgumentException for what is too long, or would begin another header line
    public Mail {
        if (to.isEmpty() || to.length() > TO_LENGTH_MAX || hasControls(to)) {
            throw new IllegalArgumentException("a mail goes to one address");
        }
        if (subject.length() > SUBJECT_LENGTH_MAX || hasControls(subject)) {
            throw new IllegalArgumentException(
                    "a subject has one line of at most " + SUBJECT_LENGTH_MAX + " characters");
        }
        if (text.length() > TEXT_LENGTH_MAX) {
            throw new IllegalArgumentException("a text has at most " + TEXT_LENGTH_MAX + " characters");
        }
    }

    private static boolean hasControls(String line) {
        return line.chars().anyMatch(Character::isISOControl);
    }

    /// The form in which it waits to be sent.
    public byte[] seal(SecretBox box, UUID id) {
        String json = JSON.createObjectNode()
                .put("to", to)
                .put("subject", subject)
                .put("text", text)
                .toString();
        return box.seal(json, SecretPlace.mail(id.toString()));
    }

    /// What was sealed under this id.
    ///
    /// @throws CannotOpenException if the key is not known any more
    public static Mail open(SecretBox box, UUID id, byte[] sealed) {
        try {
            JsonNode json = JSON.readTree(box.open(sealed, SecretPlace.mail(id.toString())));
            return new Mail(
                    json.required("to").textValue(),
                    json.required("subject").textValue(),
                    json.required("text").textValue());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what was sealed as a mail is one", e);
        }
    }

    /// Without what nobody but the recipient may read.
    @Override
    public String toString() {
        return "Mail";
    }
}
