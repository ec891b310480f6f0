using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace McpOperator.Signatures.Crypto;

/// <summary>
/// Ed25519 (RFC 8032) by OpenSSL's libcrypto, which .NET itself loads on Linux but does not show this algorithm of. Where it is missing,
/// such a key cannot be configured.
/// </summary>
internal static partial class Ed25519
{
    // Both names mean the ABI that these functions have; the file is the one that .NET found, where there is only one.
    private static readonly string[] Libraries = ["libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so.4"];

    static Ed25519() => NativeLibrary.SetDllImportResolver(typeof(Ed25519).Assembly, static (name, assembly, path) =>
        name == "libcrypto" && Libraries.Select(l => NativeLibrary.TryLoad(l, out var handle) ? handle : 0).FirstOrDefault(h => h != 0) is var found ? found : 0);

    /// <exception cref="FormatException">There is no libcrypto, or it does not take the key.</exception>
    public static Func<byte[], byte[], bool> Load(byte[] spki)
    {
        try
        {
            Free(Import(spki));
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new FormatException("an Ed25519 key, for which this machine lacks OpenSSL's libcrypto");
        }

        return (message, signature) => Verify(spki, message, signature);
    }

    private static bool Verify(byte[] spki, byte[] message, byte[] signature)
    {
        if (signature.Length != 64)
        {
            return false;
        }

        var key = Import(spki);
        var context = NewContext();
        try
        {
            return context != 0
                && VerifyInit(context, 0, 0, 0, key) == 1
                && Verify(context, signature, (nuint)signature.Length, message, (nuint)message.Length) == 1;
        }
        finally
        {
            FreeContext(context);
            Free(key);
        }
    }

    private static unsafe nint Import(byte[] spki)
    {
        fixed (byte* start = spki)
        {
            var at = start;
            var key = Decode(0, &at, spki.Length);
            return key != 0 ? key : throw new CryptographicException("libcrypto refuses the key");
        }
    }

    [LibraryImport("libcrypto", EntryPoint = "d2i_PUBKEY")]
    private static unsafe partial nint Decode(nint key, byte** from, nint length);

    [LibraryImport("libcrypto", EntryPoint = "EVP_PKEY_free")]
    private static partial void Free(nint key);

    [LibraryImport("libcrypto", EntryPoint = "EVP_MD_CTX_new")]
    private static partial nint NewContext();

    [LibraryImport("libcrypto", EntryPoint = "EVP_MD_CTX_free")]
    private static partial void FreeContext(nint context);

    [LibraryImport("libcrypto", EntryPoint = "EVP_DigestVerifyInit")]
    private static partial int VerifyInit(nint context, nint keyContext, nint digest, nint engine, nint key);

    [LibraryImport("libcrypto", EntryPoint = "EVP_DigestVerify")]
    private static partial int Verify(nint context, byte[] signature, nuint signatureLength, byte[] message, nuint messageLength);
}
