package com.busdk.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** The version of this distribution, as the build wrote it. Safe on any thread. */
public final class Version {
    /** Maven puts this file into each jar it makes; a run from bare class folders has none. */
    private static final String RESOURCE = "/META-INF/maven/com.busdk/bus-cli/pom.properties";

    private Version() {}

    /** The version, or {@code development} when the classes do not come from a built jar. */
    public static String get() {
        try (InputStream in = Version.class.getResourceAsStream(RESOURCE)) {
            if (in != null) {
                var properties = new Properties();
                properties.load(in);
                return properties.getProperty("version", "development");
            }
        } catch (IOException e) {
            // A jar that cannot be read has failed long before this point; the version is not worth a failure.
            return "unknown";
        }
        return "development";
    }
}
