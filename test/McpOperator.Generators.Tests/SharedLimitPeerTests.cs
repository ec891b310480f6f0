using McpOperator.Api.Configuration;
using McpOperator.Generators.MCPServers;

namespace McpOperator.Generators.Tests;

public sealed class SharedLimitPeerTests
{
    [TestCase("rediss://valkey.limits.svc", "limits", null, 6379)]
    [TestCase("rediss://valkey.limits.svc.cluster.local:6380", "limits", null, 6380)]
    [TestCase("redis://10.1.2.3:7000", null, "10.1.2.3/32", 7000)]
    [TestCase("rediss://[fd00::1]", null, "fd00::1/128", 6379)]
    public void An_address_opens_itself_and_nothing_else(string url, string? ns, string? cidr, int port)
    {
        var peer = SharedLimitPeer.Of(new() { Url = url })!;
        peer.Namespaces.Should().Equal(ns is null ? [] : [ns]);
        peer.Cidrs.Should().Equal(cidr is null ? [] : [cidr]);
        peer.Ports.Should().Equal(port);
    }

    [TestCase("rediss://valkey.example.com")]
    [TestCase("rediss://valkey")]
    [TestCase(null)]
    public void What_no_policy_can_name_opens_nothing(string? url) => SharedLimitPeer.Of(new() { Url = url }).Should().BeNull();

    [Test]
    public void What_somebody_names_goes_before()
    {
        var named = new EgressPeer { Cidrs = ["203.0.113.7/32"], Ports = [6380] };
        SharedLimitPeer.Of(new() { Url = "rediss://valkey.limits.svc", Peer = named }).Should().BeSameAs(named);
    }
}
