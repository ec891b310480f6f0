using System.Globalization;
using System.Text;
using McpOperator.Signatures.Crypto;

namespace McpOperator.Signatures.Keyless;

/// <summary>A log's signed word about its tree (c2sp.org/tlog-checkpoint, in the form of a signed note).</summary>
internal sealed record Checkpoint(long TreeSize, byte[] RootHash)
{
    private const int Longest = 64 * 1024;
    private const int MostSignatures = 32;

    /// <summary>Reads a checkpoint that the log has signed; signatures of others (witnesses) may stand beside its own.</summary>
    /// <exception cref="ProofException">It is none.</exception>
    public static Checkpoint Open(string note, VerificationKey log)
    {
        var split = note.Length <= Longest ? note.LastIndexOf("\n\n", StringComparison.Ordinal) : -1;
        var lines = split > 0 ? note[..split].Split('\n') : [];
        if (lines.Length < 3 || !long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) || Decode(lines[2]) is not { } root)
        {
            throw new ProofException("has a proof from the transparency log with a broken checkpoint");
        }

        var text = Encoding.UTF8.GetBytes(note[..(split + 1)]);
        var signed = note[(split + 2)..].Split('\n', StringSplitOptions.RemoveEmptyEntries).Take(MostSignatures)
            .Select(Signature).Any(s => s is { Length: > 4 } && log.Verify(text, s[4..]));
        return signed ? new Checkpoint(size, root) : throw new ProofException("has a proof from the transparency log with a checkpoint that the log did not sign");
    }

    /// <summary><c>— NAME base64(4 bytes of the key's hash, signature)</c>; the key is known from elsewhere, so the hash is not needed.</summary>
    private static byte[]? Signature(string line) =>
        line.Split(' ') is ["\u2014", _, var text] ? Decode(text) : null;

    private static byte[]? Decode(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }
}
