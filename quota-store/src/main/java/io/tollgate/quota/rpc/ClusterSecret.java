package io.tollgate.quota.rpc;

import io.grpc.ClientInterceptor;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The secret that instances of one installation share, as metadata of every call.
final class ClusterSecret {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private ClusterSecret() {}

    static ClientInterceptor sent(String secret) {
        Metadata metadata = new Metadata();
        metadata.put(AUTHORIZATION, text(secret));
        return MetadataUtils.newAttachHeadersInterceptor(metadata);
    }

    /// Ends calls without the secret before their message is read.
    static ServerInterceptor demanded(String secret) {
        return new Demanded(sha256(text(secret)));
    }

    private record Demanded(byte[] digest) implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            String sent = headers.get(AUTHORIZATION);
            // Comparing digests takes the same time whatever was sent.
            if (sent == null || !MessageDigest.isEqual(sha256(sent), digest)) {
                call.close(
                        Status.UNAUTHENTICATED.withDescription("the cluster secret is missing or wrong"),
                        new Metadata());
                return new ServerCall.Listener<>() {};
            }
            return next.startCall(call, headers);
        }
    }

    private static String text(String secret) {
        return "Bearer " + secret;
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
