using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpOperator.Policy;

/// <summary>Certificates of authorities as people write them into configurations.</summary>
public static class PemCertificates
{
    /// <summary>Reads them.</summary>
    /// <param name="pem">The text.</param>
    /// <param name="problem">What is wrong with it, if anything is.</param>
    /// <returns>The certificates; nothing when there are none.</returns>
    public static X509Certificate2Collection? Read(string pem, out string? problem)
    {
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            all.Clear();
        }

        problem = all.Count == 0 ? "holds no certificate; write PEM, beginning with -----BEGIN CERTIFICATE-----." : null;
        return all.Count == 0 ? null : all;
    }
}
