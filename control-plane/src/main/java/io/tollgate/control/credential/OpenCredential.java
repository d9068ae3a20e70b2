package io.tollgate.control.credential;

import java.util.Map;

/// A credential with its parts in the clear, for what uses it. Never logged.
public record OpenCredential(Credential credential, Map<String, String> parts) {
    public OpenCredential {
        parts = Map.copyOf(parts);
    }

    @Override
    public String toString() {
        return "OpenCredential[" + credential + "]";
    }
}
