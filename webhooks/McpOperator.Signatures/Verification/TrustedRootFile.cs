using System.Collections.Concurrent;
using McpOperator.Signatures.Keyless;
using McpOperator.Signatures.Registry;

namespace McpOperator.Signatures.Verification;

/// <summary>Trusted roots by path, read again every few seconds: a mounted file changes behind links whose own times do not.</summary>
internal sealed class TrustedRootFile(TimeProvider time)
{
    private const int Largest = 4 * 1024 * 1024;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<string, (DateTimeOffset Read, string Hash, TrustedRoot Root)> _files = new(StringComparer.Ordinal);

    /// <summary>The root, and a hash of its file.</summary>
    /// <exception cref="FormatException">It cannot be read, or is none. The message says why.</exception>
    public (string Hash, TrustedRoot Root) Read(string path)
    {
        var now = time.GetUtcNow();
        if (_files.TryGetValue(path, out var known) && now - known.Read < Fresh && now >= known.Read)
        {
            return (known.Hash, known.Root);
        }

        byte[] content;
        try
        {
            content = new FileInfo(path).Length <= Largest ? File.ReadAllBytes(path) : throw new FormatException($"larger than {Largest >> 20} MiB");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new FormatException(e is FileNotFoundException or DirectoryNotFoundException ? "not there" : "not readable");
        }

        var hash = Digest.Of(content);
        var root = known.Hash == hash ? known.Root : TrustedRoot.Parse(content);
        _files[path] = (now, hash, root);
        return (hash, root);
    }
}
