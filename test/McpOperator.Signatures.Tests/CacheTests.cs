using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.TestKit;

namespace McpOperator.Signatures.Tests;

public sealed class CacheTests : RegistryTest
{
    [Test]
    public async Task A_good_answer_needs_no_registry_again()
    {
        Registry.SignLegacy(Image, Key);
        await VerifyAsync();
        Registry.Requests.Clear();
        (await VerifyAsync()).IsVerified.Should().BeTrue();
        Registry.Requests.Should().BeEmpty();
    }

    [Test]
    public async Task Another_policy_is_another_question()
    {
        Registry.SignLegacy(Image, Key);
        await VerifyAsync();
        Settings = Settings with { Signers = [new ImageSigner { Name = "release", PublicKey = Stranger.ExportSubjectPublicKeyInfoPem() }] };
        (await VerifyAsync()).Reason.Should().Be(Reasons.SignerNotTrusted);
    }

    [Test]
    public async Task A_bad_answer_is_repeated_only_to_the_same_credentials()
    {
        Settings = Settings with { BadForSeconds = 60 };
        (await VerifyAsync()).Reason.Should().Be(Reasons.SignatureMissing);
        Registry.SignLegacy(Image, Key);
        Registry.Requests.Clear();
        (await VerifyAsync()).Reason.Should().Be(Reasons.SignatureMissing);
        Registry.Requests.Should().BeEmpty();
        (await VerifyAsync(credentials: RegistryFaultTests.User(Registry.Host))).IsVerified.Should().BeTrue();
    }

    [Test]
    public async Task A_registry_that_is_down_leaves_what_was_verified_before()
    {
        Settings = Settings with { GoodForSeconds = 0 };
        Registry.SignLegacy(Image, Key);
        await VerifyAsync();
        Registry.Misbehave = context =>
        {
            context.Response.StatusCode = 503;
            return Task.FromResult(true);
        };
        (await VerifyAsync()).IsVerified.Should().BeTrue();
        (await VerifyAsync(OtherImage)).Reason.Should().Be(Reasons.RegistryUnreachable);
        Settings = Settings with { Require = SignerRequirement.All };
        (await VerifyAsync()).Reason.Should().Be(Reasons.RegistryUnreachable, "it was not verified under this policy");
    }

    [Test]
    public async Task A_signature_that_was_withdrawn_does_not_count_when_the_registry_goes_down()
    {
        Settings = Settings with { GoodForSeconds = 0 };
        Registry.SignLegacy(Image, Key);
        await VerifyAsync();
        Registry.Content.Clear();
        (await VerifyAsync()).Reason.Should().Be(Reasons.SignatureMissing);
        await Registry.DisposeAsync();
        (await VerifyAsync()).Reason.Should().Be(Reasons.RegistryUnreachable);
    }

    [Test]
    public async Task Those_who_ask_at_once_share_one_answer()
    {
        Registry.SignLegacy(Image, Key);
        Registry.Misbehave = async _ =>
        {
            await Task.Delay(100);
            return false;
        };
        var verdicts = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => VerifyAsync()));
        verdicts.Should().OnlyContain(v => v.IsVerified);
        Registry.Requests.Should().HaveCount(2);
    }

    [Test]
    public async Task Who_asks_as_another_s_answer_comes_in_shares_it()
    {
        Registry.SignLegacy(Image, Key);
        var secrets = new TaskCompletionSource<RegistryCredentials>();
        var late = Verifier.VerifyAsync(Request() with { Credentials = _ => secrets.Task }, CancellationToken.None);
        await VerifyAsync();
        secrets.SetResult(RegistryCredentials.None);
        (await late).IsVerified.Should().BeTrue();
        Registry.Requests.Should().HaveCount(2);
    }

    [Test]
    public async Task The_caches_are_bounded()
    {
        var cache = new Caching.VerdictCache(3, TimeProvider.System);
        for (var i = 0; i < 10; i++)
        {
            cache.Keep($"{i}", await VerifyAsync());
        }

        Enumerable.Range(0, 10).Where(i => cache.Find($"{i}") is not null).Should().Equal(7, 8, 9);
    }
}
