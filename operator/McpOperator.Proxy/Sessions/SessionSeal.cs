using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace McpOperator.Proxy.Sessions;

/// <summary>
/// Turns a ticket into an id that only pods of this server can read and nobody can forge (AES-256-GCM): version, nonce, text and tag,
/// as base64url. The server's name is authenticated with it, so that another server's id is none here.
/// </summary>
/// <param name="keys">The keys.</param>
/// <param name="server">Says which server it is; not which version of it, so that sessions outlive a change of the pods' template.</param>
internal sealed class SessionSeal(SessionKeys keys, Func<string> server)
{
    private const byte Version = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int MostCharacters = 4096;

    /// <summary>The ticket as an id.</summary>
    public string Seal(SessionTicket ticket)
    {
        var text = JsonSerializer.SerializeToUtf8Bytes(ticket, SessionJson.Default.SessionTicket);
        var box = new byte[1 + NonceBytes + text.Length + TagBytes];
        box[0] = Version;
        RandomNumberGenerator.Fill(box.AsSpan(1, NonceBytes));
        using var cipher = new AesGcm(keys.Current[0], TagBytes);
        cipher.Encrypt(box.AsSpan(1, NonceBytes), text, box.AsSpan(1 + NonceBytes, text.Length), box.AsSpan(^TagBytes..), Server());
        return Base64Url.EncodeToString(box);
    }

    /// <summary>The ticket of an id; nothing when none of our keys made it.</summary>
    public SessionTicket? Open(string id)
    {
        if (id.Length > MostCharacters || !Base64Url.IsValid(id))
        {
            return null;
        }

        var box = Base64Url.DecodeFromChars(id);
        if (box.Length <= 1 + NonceBytes + TagBytes || box[0] != Version)
        {
            return null;
        }

        var (text, itsServer) = (new byte[box.Length - 1 - NonceBytes - TagBytes], Server());
        foreach (var key in keys.Current)
        {
            try
            {
                using var cipher = new AesGcm(key, TagBytes);
                cipher.Decrypt(box.AsSpan(1, NonceBytes), box.AsSpan(1 + NonceBytes, text.Length), box.AsSpan(^TagBytes..), text, itsServer);
                return JsonSerializer.Deserialize(text, SessionJson.Default.SessionTicket);
            }
            catch (AuthenticationTagMismatchException)
            {
                // Another key may have made it.
            }
        }

        return null;
    }

    private byte[] Server() => Encoding.UTF8.GetBytes(server());
}
