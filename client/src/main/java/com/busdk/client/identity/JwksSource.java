package com.busdk.client.identity;

import com.busdk.client.config.ConfigException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Where a key set is read from. Usable from any thread; reading never blocks the caller. */
interface JwksSource {

    /** The option that names it. */
    String OPTION = "--jwks";

    /** Time to connect, and again to answer: a key server that needs longer counts as down. */
    int TIMEOUT_SECONDS = 5;

    /**
     * Reads the set once; at most {@link JwkSet#MAX_BYTES}.
     *
     * @return its bytes; fails with an {@link IOException} whose message is for the operator
     */
    Future<byte[]> read();

    /** The place without credentials or query, for messages. */
    String place();

    /** Gives back what reading holds: nothing, of a set that is on this machine. */
    default Future<Void> close() {
        return Future.succeededFuture();
    }

    /** Whether the set may be out of reach at start-up and there later, as behind another service. */
    default boolean mayComeLater() {
        return false;
    }

    /** Whether the set may have no key (yet), and is none the less what it should be. */
    default boolean mayBeEmpty() {
        return false;
    }

    /** Whether the set may be tampered with on its way. */
    default boolean unprotected() {
        return false;
    }

    /**
     * The source for the value of {@code --jwks}: an http or https URL, or a file.
     *
     * @throws ConfigException if it is neither
     */
    static JwksSource of(Vertx vertx, String location) {
        String scheme = location.toLowerCase(Locale.ROOT);
        if (scheme.startsWith("http://") || scheme.startsWith("https://")) {
            return new Url(vertx, uri(location));
        }
        try {
            return new File(vertx, Path.of(location));
        } catch (InvalidPathException e) {
            throw new ConfigException(OPTION, "is neither a URL nor a file name");
        }
    }

    private static URI uri(String location) {
        try {
            URI uri = new URI(location);
            if (uri.getHost() != null && uri.getRawUserInfo() == null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // Answered below, without the text: it may hold a password.
        }
        throw new ConfigException(OPTION, "give http(s)://HOST[:PORT]/PATH, without user and password");
    }

    /**
     * Keys that the service keeps, since it signs with them itself.
     *
     * @param keys reads them
     * @param mayBeEmpty whether there may be none, as long as a shared secret signs alone
     */
    record Own(Supplier<Future<byte[]>> keys, boolean mayBeEmpty) implements JwksSource {
        @Override
        public Future<byte[]> read() {
            return keys.get();
        }

        @Override
        public String place() {
            return "the service's own keys";
        }
    }

    /** A file, read on a worker thread. */
    record File(Vertx vertx, Path file) implements JwksSource {
        @Override
        public Future<byte[]> read() {
            return vertx.executeBlocking(() -> BoundedFile.read(file, JwkSet.MAX_BYTES), false);
        }

        @Override
        public String place() {
            return file.toString();
        }
    }

    /** A URL, read on an event loop. Redirects are not followed: the operator named the place. */
    final class Url implements JwksSource {
        private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]");

        private final URI uri;
        private final HttpClient client;

        Url(Vertx vertx, URI uri) {
            this.uri = uri;
            HttpClientOptions options = new HttpClientOptions()
                    .setConnectTimeout((int) TimeUnit.SECONDS.toMillis(TIMEOUT_SECONDS))
                    .setKeepAlive(false);
            this.client = vertx.createHttpClient(options, new PoolOptions().setHttp1MaxSize(1));
        }

        @Override
        public Future<byte[]> read() {
            RequestOptions get = new RequestOptions()
                    .setMethod(HttpMethod.GET)
                    .setAbsoluteURI(uri.toString())
                    .putHeader(HttpHeaders.ACCEPT, "application/jwk-set+json, application/json");
            return client.request(get)
                    .compose(request -> request.send()
                            .compose(Url::body)
                            .timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                            .onFailure(e -> request.reset()))
                    // Connecting has a limit of its own; this one also covers looking up the name.
                    .timeout(2 * TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }

        private static Future<byte[]> body(HttpClientResponse response) {
            Promise<byte[]> whole = Promise.promise();
            response.exceptionHandler(whole::tryFail); // first of all: giving up on the answer ends up here too
            if (response.statusCode() != 200) {
                return Future.failedFuture(new IOException("it answered with status " + response.statusCode()));
            }
            Buffer bytes = Buffer.buffer();
            response.handler(chunk -> {
                if (bytes.length() + chunk.length() > JwkSet.MAX_BYTES) {
                    whole.tryFail(new IOException("it is longer than " + JwkSet.MAX_BYTES + " bytes"));
                } else {
                    bytes.appendBuffer(chunk);
                }
            });
            response.endHandler(end -> whole.tryComplete(bytes.getBytes()));
            return whole.future();
        }

        @Override
        public Future<Void> close() {
            return client.close();
        }

        @Override
        public boolean mayComeLater() {
            return true;
        }

        @Override
        public String place() {
            int port = uri.getPort();
            return uri.getScheme() + "://" + uri.getHost() + (port < 0 ? "" : ":" + port) + uri.getRawPath();
        }

        @Override
        public boolean unprotected() {
            return uri.getScheme().equalsIgnoreCase("http")
                    && !LOOPBACK.matcher(uri.getHost()).matches();
        }
    }
}
