package io.tollgate.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// One kept-alive HTTP/1.1 connection that posts and waits for the answer. Does no more than it must, since it runs on
/// the processors of the server that it measures.
final class HttpConnection implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int LINE_BYTES_MAX = 64 << 10;
    private static final int ANSWER_TIMEOUT_MS = 30_000;

    private final Socket socket;
    private final InputStream in;
    private final byte[] line = new byte[LINE_BYTES_MAX];
    private final byte[] headAndBody;
    private final int headBytes;

    /// @param bodyBytes length of every body that will be posted; 0: requests are GET
    HttpConnection(URI url, String path, String key, int bodyBytes) throws IOException {
        this.socket = new Socket(InetAddress.getLoopbackAddress(), url.getPort());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(ANSWER_TIMEOUT_MS);
        this.in = new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES);
        String head = bodyBytes == 0
                ? "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + key + "\r\n\r\n"
                : post(path, key, bodyBytes);
        byte[] headBytesSent = head.getBytes(StandardCharsets.US_ASCII);
        this.headBytes = headBytesSent.length;
        this.headAndBody = new byte[headBytes + bodyBytes];
        System.arraycopy(headBytesSent, 0, headAndBody, 0, headBytes);
    }

    private static String post(String path, String key, int bodyBytes) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + key
                + "\r\nContent-Type: application/json\r\nContent-Length: " + bodyBytes + "\r\n\r\n";
    }

    /// Posts and answers the status code.
    int post(byte[] body) throws IOException {
        System.arraycopy(body, 0, headAndBody, headBytes, body.length);
        socket.getOutputStream().write(headAndBody);
        String statusLine = readLine();
        int status = Integer.parseInt(statusLine.split(" ", 3)[1]);
        long length = -1;
        for (String header = readLine(); !header.isEmpty(); header = readLine()) {
            if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length = Long.parseLong(
                        header.substring("content-length:".length()).strip());
            }
        }
        if (length < 0) {
            throw new IOException("an answer without Content-Length: " + statusLine);
        }
        in.skipNBytes(length);
        return status;
    }

    private String readLine() throws IOException {
        int length = 0;
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the server closed the connection");
            }
            if (length == line.length) {
                throw new IOException("a header line is too long");
            }
            line[length++] = (byte) b;
        }
        return new String(line, 0, Math.max(0, length - 1), StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
