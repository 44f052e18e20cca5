/** Input that is kept for tests which change it by chance. Used by the test's thread. */
package com.busdk.broker.corpus;
