package com.busdk.broker.backend.nats;

import com.busdk.client.config.ConfigException;
import io.nats.client.support.NatsUri;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * TLS to the cluster: whose certificates are believed, and that a certificate is for the server that is meant. The client
 * library looks at no names: whoever had a certificate of a trusted authority, for whatever name, would be taken for the
 * cluster.
 *
 * <p>Where an operator's name has the address of a server, that name is meant. A server that is known by another address,
 * as servers tell of each other, has to have a certificate for the first name that the operator gave. Stateless, any
 * thread that may wait for names.
 */
final class NatsTls {
    private static final String SCHEME = "tls://";

    /** Names in certificates are compared as browsers do it. */
    private static final String NAMES = "HTTPS";

    private NatsTls() {}

    /**
     * How to speak TLS with these servers; null where neither a URL nor an authority asks for it.
     *
     * @throws ConfigException the file has no certificates, or no URL has a host
     */
    static @Nullable SSLContext context(NatsOptions options) {
        Path authority = options.authority();
        if (authority == null && options.servers().stream().noneMatch(server -> server.startsWith(SCHEME))) {
            return null;
        }
        List<String> hosts = options.servers().stream().map(NatsTls::host).toList();
        try {
            return new Named(authority == null ? SSLContext.getDefault() : trusting(authority), hosts);
        } catch (IOException | GeneralSecurityException e) {
            throw new ConfigException(
                    "--nats-ca (BUS_EVENTS_NATS_CA)",
                    authority + " cannot be read as certificates in PEM: " + e.getMessage());
        }
    }

    private static String host(String server) {
        try {
            return new NatsUri(server).getHost();
        } catch (URISyntaxException e) {
            throw new ConfigException("--nats-url (BUS_EVENTS_NATS_URL)", "it has no host and port of a server");
        }
    }

    private static SSLContext trusting(Path authority) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int number = 0;
        try (InputStream pem = Files.newInputStream(authority)) {
            for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                store.setCertificateEntry("authority-" + number++, one);
            }
        }
        if (number == 0) {
            throw new GeneralSecurityException("there are none in it");
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    /** The library takes a context and nothing beside it, so the context is where names can be asked for. */
    private static final class Named extends SSLContext {
        Named(SSLContext plain, List<String> hosts) {
            super(new NamedSpi(plain, hosts), plain.getProvider(), plain.getProtocol());
        }
    }

    private static final class NamedSpi extends SSLContextSpi {
        private final SSLContext plain;
        private final List<String> hosts;

        NamedSpi(SSLContext plain, List<String> hosts) {
            this.plain = plain;
            this.hosts = hosts;
        }

        @Override
        protected void engineInit(
                KeyManager @Nullable [] keys, TrustManager @Nullable [] trust, @Nullable SecureRandom random) {
            throw new IllegalStateException("it is ready as it is");
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return new NamedSockets(plain.getSocketFactory(), hosts);
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return plain.getServerSocketFactory();
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            return plain.createSSLEngine();
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            return plain.createSSLEngine(host, port);
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return plain.getServerSessionContext();
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return plain.getClientSessionContext();
        }
    }

    private static final class NamedSockets extends SSLSocketFactory {
        private final SSLSocketFactory plain;
        private final List<String> hosts;

        NamedSockets(SSLSocketFactory plain, List<String> hosts) {
            this.plain = plain;
            this.hosts = hosts;
        }

        @Override
        public Socket createSocket(Socket under, String host, int port, boolean closeUnder) throws IOException {
            SSLSocket socket = (SSLSocket) plain.createSocket(under, nameOf(host), port, closeUnder);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm(NAMES);
            socket.setSSLParameters(parameters);
            return socket;
        }

        /** The name that the operator gave to that address: the library has looked it up, and forgotten it. */
        private String nameOf(String host) {
            if (hosts.contains(host)) {
                return host;
            }
            for (String one : hosts) {
                if (hasAddress(one, host)) {
                    return one;
                }
            }
            return hosts.getFirst();
        }

        private static boolean hasAddress(String name, String address) {
            try {
                for (InetAddress one : InetAddress.getAllByName(name)) {
                    if (one.getHostAddress().equals(address)) {
                        return true;
                    }
                }
            } catch (UnknownHostException e) {
                return false; // it may be down with its entry; another name is looked at
            }
            return false;
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return plain.getDefaultCipherSuites();
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return plain.getSupportedCipherSuites();
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            throw unasked();
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
            throw unasked();
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            throw unasked();
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
            throw unasked();
        }

        private static IOException unasked() {
            return new IOException("TLS is only begun on a connection that is there");
        }
    }
}
