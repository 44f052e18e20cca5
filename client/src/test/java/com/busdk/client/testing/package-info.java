/** What the tests of several modules need: peers, which they start and wait for, and readers. Any thread. */
package com.busdk.client.testing;
