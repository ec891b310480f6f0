using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using McpOperator.Objects;

namespace McpOperator.Cli.Backup;

/// <summary>
/// A backup as a file: a first line with the seal, and JSON. Whoever could change the file could approve versions, so it counts only with the
/// seal of a key that is kept elsewhere: HMAC-SHA256 over all that follows the first line.
/// </summary>
internal static class BackupFile
{
    private const string Head = "mcp-operator backup v1 hmac-sha256:";
    private const int KeyBytes = 32;

    private static readonly JsonSerializerOptions Readable = new(KubernetesJson.Options) { WriteIndented = true };

    /// <summary>The file's bytes.</summary>
    public static byte[] Write(BackupContent content, ReadOnlySpan<byte> key)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(content, Readable);
        return [.. Encoding.ASCII.GetBytes($"{Head}{Seal(body, key)}\n"), .. body, (byte)'\n'];
    }

    /// <summary>Reads a file.</summary>
    /// <param name="file">Its bytes.</param>
    /// <param name="key">The key that sealed it; nothing: the seal is not looked at.</param>
    /// <exception cref="IOException">It is no backup, or not as it was sealed.</exception>
    public static BackupContent Read(ReadOnlySpan<byte> file, byte[]? key)
    {
        var end = file.IndexOf((byte)'\n');
        var head = end < 0 ? "" : Encoding.ASCII.GetString(file[..end]);
        if (!head.StartsWith(Head, StringComparison.Ordinal))
        {
            throw new IOException("This is no backup of mcp-operator (its first line says so), or one of a newer version.");
        }

        // The whole body as it was written: its last line end is ours.
        var body = file[(end + 1)..].TrimEnd((byte)'\n');
        if (key is not null && !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(head[Head.Length..]), Encoding.ASCII.GetBytes(Seal(body, key))))
        {
            throw new IOException("The backup is not as it was sealed: it was changed, or the key is another one. Nothing was restored. What is approved in it cannot be believed; --without-approvals restores the rest.");
        }

        try
        {
            return JsonSerializer.Deserialize<BackupContent>(body, Readable) ?? throw new IOException("The backup is empty.");
        }
        catch (JsonException e)
        {
            throw new IOException($"The backup cannot be read: {e.Message}");
        }
    }

    /// <summary>Reads a key, or makes one where there is none and <paramref name="make"/> is set.</summary>
    /// <exception cref="IOException">There is none, or it is no key.</exception>
    public static byte[] Key(string path, bool make)
    {
        if (make && !File.Exists(path))
        {
            using var stream = CreateForOwner(path);
            stream.Write(Encoding.ASCII.GetBytes(System.Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes)) + "\n"));
        }

        var text = File.ReadAllText(path).Trim();
        return text.Length == 2 * KeyBytes && text.All(char.IsAsciiHexDigit) ? System.Convert.FromHexString(text)
            : throw new IOException($"--seal-key: {path} holds no key; it has to be {2 * KeyBytes} hexadecimal digits, as mcp-operator backup writes them.");
    }

    /// <summary>Makes a file that nobody but its owner can read, from its first byte on.</summary>
    public static FileStream CreateForOwner(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    private static string Seal(ReadOnlySpan<byte> body, ReadOnlySpan<byte> key) => System.Convert.ToHexStringLower(HMACSHA256.HashData(key, body));
}
