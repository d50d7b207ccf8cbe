"""What `hairpin up` needs beside its two servers: addresses that phones reach, a certificate, a QR code."""
