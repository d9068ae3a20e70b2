package io.tollgate.server.config;

/// Which port an embedded listener should take.
///
/// @param setting the setting to name when the port cannot be had
/// @param port the wanted port; 0 means any free one
/// @param fixed whether the operator asked for exactly this port. If not, another free port is as good.
public record PortChoice(Setting setting, int port, boolean fixed) {
    public PortChoice {
        if (port < 0 || port > Setting.PORT_MAX) {
            throw new IllegalArgumentException("port out of range: " + port);
        }
    }
}
