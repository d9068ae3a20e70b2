package io.tollgate.server.embedded;

import io.tollgate.server.config.CannotStartException;
import io.tollgate.server.config.PortChoice;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds ports for listeners that must know theirs before they start.
final class LoopbackPort {
    private static final Logger LOG = LoggerFactory.getLogger(LoopbackPort.class);

    private LoopbackPort() {}

    /// The wanted port if it is free; another free one, with a log line, if it is taken and was not asked for by the
    /// operator. Throws [CannotStartException] if it was.
    static int choose(PortChoice choice, String what) {
        if (choice.port() == 0) {
            return anyFree();
        }
        if (isFree(choice.port())) {
            return choice.port();
        }
        if (choice.fixed()) {
            throw taken(choice, what);
        }
        var other = anyFree();
        LOG.info("Port {} is taken by another program; {} listens on {} instead", choice.port(), what, other);
        return other;
    }

    static CannotStartException taken(PortChoice choice, String what) {
        return new CannotStartException("Port " + choice.port() + " on loopback, which " + choice.setting()
                + " gives to " + what + ", is taken by another program: stop that one, set " + choice.setting()
                + " to another port, or unset it to take any free one.");
    }

    static int anyFree() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new CannotStartException("No free port on loopback (" + e.getMessage() + ").", e);
        }
    }

    private static boolean isFree(int port) {
        try (var socket = new ServerSocket()) {
            // As servers do, so that connections of a server just stopped do not count.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
