#!/usr/bin/perl
# An SMSC on Net::SMPP. Each line of standard input is a command in JSON, answered by a
# line of standard output; the first line it prints is its port.
use strict;
use warnings;
use IO::Select;
use JSON::PP;
use Net::SMPP;
use Time::HiRes qw(time);

use constant { ROK => 0, BIND_TRX => 9, BIND_TX => 2, BIND_RX => 1, RESPONSE => 0x80000000 };
my %USUAL = (
    mode => 'answer', status => ROK, delay_s => 0, bind_status => ROK, mute => 0,
    ids => 'decimal', receipts => '', receipt_ids => 'decimal', raw => '', keep => 1,
);
my (%script, @next, @texts, %said, %answers, @due);
my ($taken, $number) = (0, 1000);
$SIG{PIPE} = 'IGNORE';
$| = 1;

my $listener = Net::SMPP->new_listen('127.0.0.1', port => 0, listen => 20)
    or die "cannot listen: $!";
my $select = IO::Select->new($listener, \*STDIN);
my %bound;
my $typed = '';
reset_all();
print $listener->sockport, "\n";

while (1) {
    my $wait = @due ? $due[0][0] - time : 60;
    for my $ready ($select->can_read($wait > 0 ? $wait : 0)) {
        if    ($ready == $listener) { welcome() }
        elsif ($ready == \*STDIN)   { obey() }
        else                        { serve($ready) }
    }
    while (@due && $due[0][0] <= time) { (shift @due)->[1]->() }
}

sub reset_all {
    %script = %USUAL;
    @next = @texts = @due = ();
    %said = %answers = ();
    $taken = 0;
}

sub welcome {
    my $client = $listener->accept or return;
    ${*$client}{async} = 1;
    ${*$client}{enquire_interval} = 0;
    $client->sockopt(Socket::SO_KEEPALIVE() => 1);
    setsockopt $client, Socket::IPPROTO_TCP(), Socket::TCP_NODELAY(), 1;
    $select->add($client);
}

sub leave {
    my ($client) = @_;
    $select->remove($client);
    delete $bound{$client};
    close $client;
}

sub later {
    my ($seconds, $act) = @_;
    return $act->() if $seconds <= 0;
    push @due, [time + $seconds, $act];
    @due = sort { $a->[0] <=> $b->[0] } @due if @due > 1 && $due[-2][0] > $due[-1][0];
}

sub serve {
    my ($client) = @_;
    my $pdu;
    { local $SIG{__WARN__} = sub { }; $pdu = eval { $client->read_pdu } }
    return leave($client) unless $pdu;
    my $command = $pdu->{cmd};
    $said{$command}++;
    return if $script{mute};
    if ($command == BIND_TRX || $command == BIND_TX || $command == BIND_RX) {
        bind_client($client, $pdu);
    } elsif ($command == Net::SMPP::CMD_submit_sm) {
        take($client, $pdu);
    } elsif ($command == Net::SMPP::CMD_enquire_link) {
        $client->enquire_link_resp(seq => $pdu->{seq});
    } elsif ($command == Net::SMPP::CMD_unbind) {
        $client->unbind_resp(seq => $pdu->{seq});
        leave($client);
    } elsif ($command == Net::SMPP::CMD_deliver_sm_resp
        || $command == Net::SMPP::CMD_data_sm_resp) {
        $answers{$pdu->{seq}} = $pdu->{status};
    } elsif (!($command & RESPONSE)) {
        $client->generic_nack(seq => $pdu->{seq}, status => 3);
    }
}

sub bind_client {
    my ($client, $pdu) = @_;
    my %facts = (seq => $pdu->{seq}, status => $script{bind_status}, system_id => 'smsc');
    $facts{status} = 0x0E if $pdu->{password} ne 'secret';
    $bound{$client} = [$client, $pdu->{cmd}] unless $facts{status};
    return $client->bind_transceiver_resp(%facts) if $pdu->{cmd} == BIND_TRX;
    return $client->bind_transmitter_resp(%facts) if $pdu->{cmd} == BIND_TX;
    return $client->bind_receiver_resp(%facts);
}

sub take {
    my ($client, $pdu) = @_;
    my %how = (%script, @next ? %{shift @next} : ());
    my $id = $number++;
    my $is_taken = $how{mode} ne 'nack' && !$how{status};
    $taken++ if $is_taken;
    push @texts, record($pdu, $id, $is_taken) if $how{keep};
    later($how{delay_s}, sub { reply($client, $pdu, $id, \%how) });
}

sub record {
    my ($pdu, $id, $is_taken) = @_;
    my %text = map { $_ => $pdu->{$_} } qw(
        source_addr source_addr_ton source_addr_npi destination_addr dest_addr_ton
        dest_addr_npi esm_class data_coding registered_delivery validity_period);
    $text{octets} = unpack 'H*', $pdu->{message_payload} // $pdu->{short_message};
    $text{is_payload} = defined $pdu->{message_payload} ? 1 : 0;
    $text{sar} = [map { unpack 'H*', $pdu->{$_} }
            qw(sar_msg_ref_num sar_total_segments sar_segment_seqnum)]
        if defined $pdu->{sar_msg_ref_num};
    return {%text, id => "$id", is_taken => $is_taken ? 1 : 0};
}

sub reply {
    my ($client, $pdu, $id, $how) = @_;
    my $mode = $how->{mode};
    if ($mode eq 'silent') { return }
    if ($mode eq 'drop')   { return leave($client) }
    if ($mode eq 'strange') { return $client->enquire_link_resp(seq => $pdu->{seq}) }
    if ($mode eq 'raw')    { return syswrite $client, pack 'H*', $how->{raw} }
    if ($mode eq 'nack')   { return $client->generic_nack(seq => $pdu->{seq}, status => $how->{status}) }
    report($pdu, $id, $how) if $how->{receipts} eq 'before';
    my %tlvs = $how->{tlv} ? (additional_status_info_text => "taken\0") : ();
    $client->submit_sm_resp(
        seq => $pdu->{seq}, status => $how->{status},
        message_id => $how->{status} ? '' : written($id, $how->{ids}), %tlvs);
    return if $how->{status} || !$how->{receipts} || $how->{receipts} eq 'before';
    report($pdu, $id, $how);
    report($pdu, $id, $how) if $how->{receipts} eq 'twice';
}

sub written { my ($id, $form) = @_; return $form eq 'hex' ? sprintf('%08X', $id) : $id }

sub report {
    my ($pdu, $id, $how) = @_;
    return unless $pdu->{registered_delivery} & 1;
    my $words = sprintf 'id:%s sub:001 dlvrd:001 submit date:2611221134 '
        . 'done date:2611221135 stat:DELIVRD err:000 text:', written($id, $how->{receipt_ids});
    deliver(
        esm_class => 4, source_addr => $pdu->{destination_addr},
        destination_addr => $pdu->{source_addr}, short_message => $words);
}

sub deliver {
    my %fields = @_;
    my ($receiver) = grep { $_->[1] != BIND_TX } values %bound;
    return 0 unless $receiver;
    return delete $fields{is_data} ? $receiver->[0]->data_sm(%fields)
                                   : $receiver->[0]->deliver_sm(%fields);
}

sub obey {
    sysread STDIN, $typed, 65536, length $typed or exit;
    while ($typed =~ s/^(.*)\n//) {
        my $told = decode_json($1);
        my $do = delete $told->{do};
        my $answer = { ok => 1 };
        if    ($do eq 'reset')  { reset_all() }
        elsif ($do eq 'script') { %script = (%USUAL, %$told) }
        elsif ($do eq 'next')   { push @next, @{$told->{answers}} }
        elsif ($do eq 'facts')  {
            $answer = {
                texts => \@texts, taken => $taken, answers => \%answers, said => \%said,
                bound => [map { $_->[1] } values %bound],
            };
        }
        elsif ($do eq 'deliver') {
            $told->{short_message} = pack 'H*', $told->{short_message} // '';
            my $tlvs = delete $told->{tlvs} // {};
            $answer = { seq => deliver(%$told, map { $_ => pack 'H*', $tlvs->{$_} } keys %$tlvs) };
        }
        elsif ($do eq 'write')   { syswrite $_->[0], pack 'H*', $told->{octets} for values %bound }
        elsif ($do eq 'enquire') { $_->[0]->enquire_link for values %bound }
        elsif ($do eq 'unbind')  { $_->[0]->unbind for values %bound }
        elsif ($do eq 'drop')    { leave($_->[0]) for values %bound }
        print encode_json($answer), "\n";
    }
}
