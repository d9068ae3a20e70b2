package io.tollgate.control.mail.smtp;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// A mail server on loopback that answers as it is told, one connection after the other.
final class ScriptedMailServer implements Closeable {
    /// No answer at all.
    static final String SILENCE = "";

    private static final Map<String, String> POLITE = Map.of("DATA", "354 go on", "QUIT", "221 bye");

    private final Map<String, String> answers = new HashMap<>(POLITE);
    private final ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private final Thread thread;

    /// @param answers by the first word of what is said, `.` for the end of a text; whatever is not among them is
    ///     answered as by a server that takes everything
    ScriptedMailServer(Map<String, String> answers) throws IOException {
        this.answers.putAll(answers);
        this.thread = Thread.ofVirtual().name("mail server").start(this::serve);
    }

    int port() {
        return socket.getLocalPort();
    }

    private void serve() {
        while (!socket.isClosed()) {
            try (Socket connection = socket.accept()) {
                converse(connection);
            } catch (IOException e) {
                // The client has gone, or the test is over.
            }
        }
    }

    private void converse(Socket connection) throws IOException {
        BufferedReader in =
                new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));
        OutputStream out = connection.getOutputStream();
        say(out, "220 ready");
        boolean text = false;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (!text || line.equals(".")) {
                String word = line.split("[ :]", 2)[0];
                String answer = answers.getOrDefault(word, "250 fine");
                say(out, answer);
                text = word.equals("DATA") && answer.startsWith("354");
            }
        }
    }

    private static void say(OutputStream out, String answer) throws IOException {
        if (!answer.equals(SILENCE)) {
            out.write((answer + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.flush();
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
